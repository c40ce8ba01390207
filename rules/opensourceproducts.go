package rules

import "strings"

// openSourceProducts are the names of well-known software under open-source licences that
// listings are made of. Operating systems are not among them, as they are the platform's,
// nor names that are everyday words before anything else.
func openSourceProducts() []string {
	return strings.Split(strings.Join([]string{
		// Web servers, proxies, run-times.
		"nginx,openresty,tengine,apache,httpd,tomcat,jetty,wildfly,haproxy,traefik,caddy,squid,varnish,apisix,keepalived,lnmp,lamp,lemp,wnmp",
		"php,php-fpm,phpmyadmin,openjdk,node.js,nodejs,python,deno,perl,frp,wireguard,openvpn,softether,coredns,powerdns",
		// Databases and stores.
		"mysql,mariadb,percona,postgresql,postgres,postgis,pgvector,timescaledb,sqlite,redis,valkey,memcached,mongodb,couchdb,cassandra,neo4j,influxdb",
		"tdengine,iotdb,clickhouse,doris,starrocks,tidb,opengauss,elasticsearch,opensearch,solr,lucene,meilisearch,milvus,minio,ceph,glusterfs,seaweedfs,fastdfs",
		// Messages, big data, scheduling.
		"greenplum,citus,keydb,arangodb,orientdb,janusgraph,nebula graph,dgraph,questdb,victoriametrics,thanos,duckdb,rocksdb,leveldb,typesense,manticore,nats,nsq,vernemq,zeromq",
		"kafka,rocketmq,rabbitmq,activemq,apache pulsar,zookeeper,etcd,consul,nacos,hadoop,hbase,apache hive,hive,spark,flink,presto,trino,kylin,airflow",
		"dolphinscheduler,seatunnel,datax,xxl-job,xxljob,quartz,elk,logstash,kibana,filebeat,fluentd,graylog,loki,scrapy",
		// Frameworks and libraries.
		"spring,spring boot,spring cloud,spring cloud alibaba,mybatis,dubbo,seata,netty,activiti,flowable,camunda,drools,jeecg,jeecgboot,jeecg-boot,ruoyi,若依框架,若依系统,若依后台",
		"yudao,thinkphp,laravel,symfony,yii,codeigniter,django,flask,fastapi,celery,nestjs,next.js,nuxt,vue,vue.js,react,angular,jquery,bootstrap",
		"element ui,element-ui,element plus,ant design,antd,layui,echarts,uni-app,uniapp,electron,flutter,ffmpeg,opencv,gstreamer,tesseract,paddleocr,openlayers,cesium,three.js,geoserver,qgis",
		"dlib,insightface,yolov5,yolov7,yolov8,ultralytics,detectron2,mmdetection,easyocr,rapidocr,kaldi,vosk,funasr,gpt-sovits,cosyvoice,wav2lip,sadtalker,blender,inkscape,gimp,freecad,openfoam,slurm,openmpi,gromacs",
		// Models and what runs them.
		"tensorflow,pytorch,keras,paddlepaddle,stable diffusion,comfyui,ollama,vllm,llama.cpp,llama,langchain,langflow,flowise,lobechat,one-api,xinference,localai,autogpt,crewai,dify,fastgpt,ragflow,anythingllm,open webui,whisper,chatglm,qwen,deepseek-r1,jupyter,jupyterlab,n8n,node-red",
		// Containers and operations.
		"kubernetes,k8s,k3s,rancher,kubesphere,podman,containerd,istio,harbor,portainer,jumpserver,1panel,ansible,zabbix,prometheus,grafana,alertmanager,nagios,icinga,cacti,netdata,open-falcon,夜莺监控,skywalking,zipkin,jaeger,uptime kuma,telegraf,checkmk,librenms,opennms,webmin,hestiacp,cyberpanel,ispconfig,tekton,spinnaker,maven,gradle",
		// Development.
		"git,gitlab,gitea,gogs,jenkins,drone ci,sonarqube,nexus,subversion,svn,redmine,禅道,zentao,taiga,mantisbt,yapi,apifox,swagger,eclipse,code-server,gerrit,argo cd,argocd,verdaccio",
		// Security and identity.
		"openssl,openssh,crowdsec,zeek,hfish,metasploit,sqlmap,nmap,wireshark,guacamole,headscale,zerotier,qemu,proxmox,openstack,ovirt,opentofu,packer,vagrant",
		"openldap,freeipa,keycloak,casdoor,suricata,snort,wazuh,ossec,openvas,clamav,modsecurity,fail2ban,vaultwarden,bitwarden,雷池,safeline",
		// Content, shops, business.
		"wordpress,woocommerce,joomla,drupal,typecho,hexo,ghost博客,halo博客,discuz,discuz!,phpwind,mediawiki,dokuwiki,wiki.js,bookstack,magento,prestashop,opencart,shopware,crmeb,niushop,shopxo,fastadmin,dedecms,帝国cms,pbootcms,maccms,苹果cms",
		"likeshop,liferay,strapi,directus,supabase,hasura,appsmith,tooljet,nocodb,baserow,pocketbase,espocrm,zammad,osticket,chatwoot,freescout,formbricks,huginn,activepieces,orangehrm,openproject,kanboard,wekan,ofbiz,idempiere,koha,dspace",
		"odoo,erpnext,dolibarr,suitecrm,vtiger,openemr,moodle,open edx,canvas lms,limesurvey,matomo,umami,metabase,superset,redash,datart,dataease,davinci,jasperreports",
		// Files, communication, media, devices.
		"nextcloud,owncloud,seafile,kodbox,可道云,cloudreve,alist,onlyoffice,libreoffice,collabora,etherpad,excalidraw,kkfileview,jellyfin,navidrome,immich,photoprism,peertube,srs流媒体,zlmediakit,livekit,mediasoup,kurento,coturn,obs studio,restic,borgbackup,bacula,bareos,duplicati,kopia,velero,rclone,rsync,syncthing,orthanc,ohif,dcm4che,openmrs,hapi fhir",
		"mattermost,rocket.chat,openfire,ejabberd,jitsi,bigbluebutton,asterisk,freeswitch,kamailio,postfix,dovecot,roundcube,zimbra,mailcow,iredmail,thingsboard,emqx,home assistant,openwrt",
	}, ","), ",")
}
